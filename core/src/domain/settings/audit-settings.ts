import { z } from 'zod';

/** Settings of the record of who did what. */
export const auditShape = {
  AUDIT_LOG: z
    .string()
    .regex(/^[^\0]+$/, 'must be stdout, stderr, off or a file')
    .optional()
    .describe('Where the audit goes: stdout, stderr, off or a file; DATA_DIR/audit.jsonl when absent, stderr on a cluster'), // prettier-ignore
  AUDIT_ARGUMENTS: z
    .enum(['true', 'false'])
    .default('false')
    .describe('Whether the audit has arguments of tool calls, cut short and without what looks like a secret'), // prettier-ignore
};
