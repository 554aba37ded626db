import { GatewayError, type FieldError } from '@mcp-gateway/core/domain/errors';
import type { Workload } from '@mcp-gateway/core/domain/workload';
import { egressRule, familyOf, METADATA_RANGES } from './egress.ts';
import type { WorkloadSettings } from './workload-settings.ts';

type Rules = Pick<WorkloadSettings, 'allowedImages' | 'blockedEgress' | 'ipFamilies'>;

/** Throws `invalid_request` for what the platform team does not let run. */
export function refuseForbidden(workload: Workload, rules: Rules): void {
  const errors = [...imageErrors(workload, rules), ...egressErrors(workload, rules)];
  if (errors.length === 0) return;
  const text = errors.map(({ path, message }) => `${path} ${message}`).join('; ');
  throw new GatewayError('invalid_request', `This cannot run here: ${text}.`, { errors });
}

function imageErrors({ image }: Workload, { allowedImages }: Rules): FieldError[] {
  const allowed = allowedImages?.some((pattern) => matches(pattern, image.name)) ?? true;
  return allowed
    ? []
    : [{ path: 'imageName', message: `"${image.name}" is not one of the images allowed` }];
}

function matches(pattern: string, name: string): boolean {
  return pattern.endsWith('/*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

/** A range of which nothing is left would only seem to be open. */
function egressErrors({ egress = [] }: Workload, rules: Rules): FieldError[] {
  const blocked = [...METADATA_RANGES, ...rules.blockedEgress];
  return egress.flatMap((range, index) => {
    const path = `egress.${index}.cidr`;
    if (!rules.ipFamilies.includes(familyOf(range.cidr))) {
      return { path, message: `"${range.cidr}" is of an address family that servers have not` };
    }
    return egressRule(range, blocked) === undefined
      ? { path, message: `"${range.cidr}" is blocked for all servers` }
      : [];
  });
}
