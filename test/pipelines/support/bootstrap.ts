import { standInAz, type StandInAz } from '../stand-ins/az/stand-in.ts';
import { workplace, type Outcome } from './scripts.ts';

/** The arguments of a usual call of bootstrap.sh. */
export const GIVEN = [
  ...['--label', 'contoso', '--location', 'westeurope', '--project', 'platform'],
  ...['--organization', 'https://dev.azure.com/contoso', '--approvers', '[contoso]\\Platform'],
];

/** An empty cloud, and bootstrap.sh that works on it. */
export interface Setup {
  readonly az: StandInAz;
  readonly bootstrap: (args: readonly string[]) => Promise<Outcome>;
}

const ends: (() => Promise<void>)[] = [];

/** A cloud of its own for a test; `end` takes all of them away. */
export async function setup(): Promise<Setup> {
  const az = await standInAz();
  const place = workplace();
  place.standIn('az', az.script);
  ends.push(async () => {
    place.drop();
    await az.close();
  });
  const bootstrap = (args: readonly string[]): Promise<Outcome> =>
    place.run('pipelines/bootstrap.sh', args, { BOOTSTRAP_PAUSE: '0' });
  return { az, bootstrap };
}

/** Takes away what `setup` has made. */
export async function end(): Promise<void> {
  for (const one of ends.splice(0)) await one();
}

/** The calls that change something. */
export const writes = ({ calls }: StandInAz): StandInAz['calls'] =>
  calls.filter((call) => call.writes);

/** Role assignments. */
export const roles = (az: StandInAz): Readonly<Record<string, unknown>>[] =>
  Object.entries(az.cloud.things).flatMap(([id, role]) => (id.startsWith('role/') ? [role] : []));

/** What there is of a kind, with its id. */
export const things = (
  az: StandInAz,
  kind: string,
): [string, Readonly<Record<string, unknown>>][] =>
  Object.entries(az.cloud.things).filter(
    ([id]) => id.includes(`/${kind}/`) && !id.startsWith('role/'),
  );
