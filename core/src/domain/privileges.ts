import type { Operation } from './access.ts';
import { isPublicRange } from './public-range.ts';

interface Privileged {
  readonly useWorkloadIdentity: boolean;
  readonly egress?: readonly { readonly cidr: string }[] | undefined;
}

/**
 * What whoever writes such a resource must be allowed besides writing it; owning it is no exemption. It is asked at every
 * write and not only for what is new: whoever chooses the image has what the image is given.
 */
export function privilegesOf({
  useWorkloadIdentity,
  egress = [],
}: Privileged): readonly Operation[] {
  return [
    ...(useWorkloadIdentity ? (['use_workload_identity'] as const) : []),
    ...(egress.every(({ cidr }) => isPublicRange(cidr)) ? [] : (['open_egress'] as const)),
  ];
}
