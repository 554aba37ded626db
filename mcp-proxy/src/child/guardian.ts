import { type ChildProcess, spawn } from 'node:child_process';

/** Ends process groups when this process is gone, however it went. */
export interface Guardian {
  readonly add: (group: number) => void;
  readonly remove: (group: number) => void;
  /** Lets the guardian go; what is still listed is ended by it. */
  readonly close: () => void;
}

/*
 * Lives in a session of its own, so that a signal to our group does not reach it. Its input ends when we are gone, even
 * by SIGKILL, which no handler of ours survives. A group is listed only while its leader or a member of it lives, and as
 * long as one lives the kernel gives its number to nobody else.
 */
const SCRIPT = `
trap '' HUP INT QUIT TERM
groups=' '
while read -r sign group; do
  case $sign in
    +) groups="$groups$group " ;;
    -) groups="\${groups%% $group *} \${groups#* $group }" ;;
  esac
done
alive() { for group in $groups; do kill -s 0 -- "-$group" 2>/dev/null && return 0; done; return 1; }
send() { for group in $groups; do kill -s "$1" -- "-$group" 2>/dev/null; done; }
send TERM
for wait in 1 2; do alive || exit 0; sleep 1; done
send KILL
`;

/** A guardian for all children of this process; it is started with the first. */
export function createGuardian(): Guardian {
  const groups = new Set<number>();
  let keeper: ChildProcess | undefined;
  let closed = false;

  const start = (): ChildProcess => {
    const child = spawn('/bin/sh', ['-c', SCRIPT], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      env: { PATH: '/usr/local/bin:/usr/bin:/bin' },
      cwd: '/',
    });
    child.on('error', () => undefined);
    child.stdin.on('error', () => undefined);
    child.once('exit', () => {
      if (keeper === child) keeper = undefined;
      if (!closed && groups.size > 0) keeper = start();
    });
    child.unref();
    for (const group of groups) child.stdin.write(`+ ${group}\n`);
    return child;
  };

  return {
    add: (group) => {
      if (keeper) keeper.stdin?.write(`+ ${group}\n`);
      groups.add(group);
      keeper ??= start();
    },
    remove: (group) => {
      if (groups.delete(group)) keeper?.stdin?.write(`- ${group}\n`);
    },
    close: () => {
      closed = true;
      keeper?.stdin?.end();
    },
  };
}
