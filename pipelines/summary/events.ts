import { z } from 'zod';

const Step = z.object({
  op: z.string(),
  urn: z.string(),
  type: z.string(),
  keys: z.array(z.string()).nullish(),
  diffs: z.array(z.string()).nullish(),
  detailedDiff: z.record(z.string(), z.unknown()).nullish(),
});

const Event = z.object({
  resourcePreEvent: z.object({ metadata: Step }).optional(),
  resOutputsEvent: z.object({ metadata: Step }).optional(),
  diagnosticEvent: z
    .object({ urn: z.string().optional(), message: z.string(), severity: z.string() })
    .optional(),
  policyEvent: z
    .object({
      resourceUrn: z.string().optional(),
      message: z.string(),
      policyName: z.string(),
      enforcementLevel: z.string(),
    })
    .optional(),
});

/** What one resource would go through: never a value of it, for those may be secret. */
export interface Change {
  readonly kind: 'create' | 'update' | 'replace' | 'delete';
  readonly type: string;
  readonly name: string;
  readonly properties: readonly string[];
}

/** Something that Pulumi or a policy says of a resource, or of the run. */
export interface Remark {
  readonly grave: boolean;
  readonly about: string;
  readonly text: string;
}

/** What an event log of Pulumi says would happen. */
export interface Plan {
  readonly changes: readonly Change[];
  readonly unchanged: number;
  readonly remarks: readonly Remark[];
}

/** Reads an event log, which has one JSON document a line. */
export function readPlan(log: string): Plan {
  const events = log
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => Event.parse(JSON.parse(line)));
  const steps = lastStepOfEach(events);
  const changes = steps.flatMap(toChange);
  return {
    changes,
    unchanged: steps.length - changes.length,
    remarks: events.flatMap(toRemark),
  };
}

type Step = z.infer<typeof Step>;
type Event = z.infer<typeof Event>;

/** A replacement is several steps of one resource; a refresh knows only afterwards what it has found. */
function lastStepOfEach(events: readonly Event[]): readonly Step[] {
  const steps = new Map<string, Step>();
  for (const { resourcePreEvent, resOutputsEvent } of events) {
    const step = (resourcePreEvent ?? resOutputsEvent)?.metadata;
    if (step === undefined || step.type.startsWith('pulumi:providers:')) continue;
    const known = steps.get(step.urn);
    if (known === undefined || rank(step.op) >= rank(known.op)) steps.set(step.urn, step);
  }
  return [...steps.values()];
}

function rank(op: string): number {
  const kind = kindOf(op);
  return kind === undefined ? 0 : kind === 'replace' ? 2 : 1;
}

function kindOf(op: string): Change['kind'] | undefined {
  if (op.includes('replace')) return 'replace';
  if (op === 'create' || op === 'import') return 'create';
  if (op === 'update') return 'update';
  return op === 'delete' || op === 'discard' ? 'delete' : undefined;
}

function toChange({ op, urn, type, keys, diffs, detailedDiff }: Step): readonly Change[] {
  const kind = kindOf(op);
  if (kind === undefined) return [];
  const changed = Object.keys(detailedDiff ?? {});
  const properties = changed.length > 0 ? changed : [...(diffs ?? keys ?? [])];
  return [
    { kind, type, name: nameOf(urn), properties: properties.filter((path) => path !== '__') },
  ];
}

function toRemark({ diagnosticEvent, policyEvent }: Event): readonly Remark[] {
  if (policyEvent !== undefined) {
    const { policyName, message, resourceUrn, enforcementLevel } = policyEvent;
    const grave = enforcementLevel === 'mandatory';
    return [{ grave, about: nameOf(resourceUrn ?? ''), text: `${policyName}: ${plain(message)}` }];
  }
  if (diagnosticEvent === undefined) return [];
  const { severity, message, urn = '' } = diagnosticEvent;
  if (severity !== 'error' && severity !== 'warning') return [];
  return [{ grave: severity === 'error', about: nameOf(urn), text: plain(message) }];
}

const nameOf = (urn: string): string => urn.split('::').at(-1) ?? '';

/** Messages carry marks for the colours of a terminal. */
const plain = (message: string): string => message.replace(/<\{%[^%]*%\}>/g, '').trim();
