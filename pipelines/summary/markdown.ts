import type { Change, Plan, Remark } from './events.ts';

/** The longest text that a comment in Azure DevOps takes, with room to spare. */
const LONGEST = 140_000;

const SIGNS = { create: '+', update: '~', replace: '±', delete: '−' } as const;

/** Says a plan in Markdown: what is lost first, then what changes, without any value of a property. */
export function toMarkdown(title: string, plan: Plan): string {
  const parts = [
    `## ${capitalized(title)}`,
    sentence(plan),
    ...losses(plan.changes),
    ...remarks('Errors', plan.remarks, true),
    ...remarks('Warnings', plan.remarks, false),
    ...table(plan.changes),
  ];
  return shortened(withoutSecrets(`${parts.join('\n\n')}\n`));
}

function sentence({ changes, unchanged }: Plan): string {
  if (changes.length === 0) return `No changes: ${unchanged} resources stay as they are.`;
  const counts = (Object.keys(SIGNS) as Change['kind'][])
    .map((kind) => [kind, changes.filter((change) => change.kind === kind).length] as const)
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => `**${count}** to ${kind}`);
  return `${counts.join(', ')}; ${unchanged} stay as they are.`;
}

function losses(changes: readonly Change[]): readonly string[] {
  const lost = changes.filter(({ kind }) => kind === 'delete' || kind === 'replace');
  if (lost.length === 0) return [];
  const lines = lost.map(({ kind, type, name }) => `- ${kind} \`${name}\` (${shortType(type)})`);
  return [`### What is deleted or replaced`, lines.join('\n')];
}

function remarks(title: string, all: readonly Remark[], grave: boolean): readonly string[] {
  const lines = all
    .filter((remark) => remark.grave === grave)
    .map(({ about, text }) => `- ${about === '' ? '' : `\`${about}\`: `}${oneLine(text)}`);
  return lines.length === 0 ? [] : [`### ${title}`, [...new Set(lines)].join('\n')];
}

function table(changes: readonly Change[]): readonly string[] {
  if (changes.length === 0) return [];
  const rows = changes.map(
    ({ kind, type, name, properties }) =>
      `| ${SIGNS[kind]} | \`${name}\` | ${shortType(type)} | ${properties.map(cell).join(', ')} |`,
  );
  const head = '|   | resource | type | properties |\n| - | - | - | - |';
  return [
    `<details><summary>All ${changes.length} changes</summary>`,
    [head, ...rows].join('\n'),
    '</details>',
  ];
}

/** `azure-native:network:VirtualNetwork` and `kubernetes:core/v1:Service` without what a reader knows. */
const shortType = (type: string): string => type.replace(/^(.*):([^:]*)$/, '$2, $1');

const cell = (path: string): string => `\`${path.replaceAll('|', '\\|')}\``;
const oneLine = (text: string): string => text.replace(/\s*\n\s*/g, ' ');
const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const SECRETS = [
  /eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]*/g, // tokens
  /\b(sig|SharedAccessSignature|AccountKey|SharedAccessKey|InstrumentationKey|password|client_secret)=[^\s;&"']+/gi,
  /-----BEGIN [A-Z ]+-----[\s\S]*?(-----END [A-Z ]+-----|$)/g,
];

/** Messages of clouds and programs are not ours, so what looks like a secret in them is taken out. */
function withoutSecrets(text: string): string {
  return SECRETS.reduce((scrubbed, secret) => scrubbed.replace(secret, '[taken out]'), text);
}

function shortened(text: string): string {
  if (text.length <= LONGEST) return text;
  const cut = text.slice(0, text.lastIndexOf('\n', LONGEST));
  return `${cut}\n\n</details>\n\nThe rest is in the log of the run.\n`;
}
