import type { ResourceValidationPolicy } from '@pulumi/policy';

/** What a policy sees of a resource; what only Azure decides cannot be read in a preview. */
export interface Seen {
  readonly type: string;
  readonly props: Readonly<Record<string, unknown>>;
}

/** Says what is wrong with a resource, if anything. */
export type Rule = (resource: Seen) => readonly string[];

/** A policy that stops the deployment. */
export function mandatory(name: string, description: string, rule: Rule): ResourceValidationPolicy {
  return {
    name,
    description,
    enforcementLevel: 'mandatory',
    validateResource: ({ type, props }, report) => {
      for (const mistake of rule({ type, props })) report(mistake);
    },
  };
}

/** The value at a path such as `properties.tenantId`; undefined where the path ends early. */
export function at(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null
        ? (inner as Readonly<Record<string, unknown>>)[key] // any object may be asked
        : undefined,
    value,
  );
}

/** A list at a path; empty where there is none. */
export function listAt(value: unknown, path: string): readonly unknown[] {
  const found = at(value, path);
  return Array.isArray(found) ? (found as readonly unknown[]) : [];
}
