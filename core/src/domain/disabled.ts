import { z } from 'zod';

/** Why and by whom something was switched off. */
export const Disabled = z.object({
  at: z.iso.datetime().describe('Since when'),
  by: z.string().describe('Id of the principal who did it'),
  reason: z.string().optional().describe('For callers'),
});
export type Disabled = z.output<typeof Disabled>;

/** The body of a request to switch something off. */
export const DisableRequest = z.object({
  reason: z
    .string({ error: 'must be a string' })
    .trim()
    .min(1, 'must not be empty')
    .max(500, 'must have at most 500 characters')
    .regex(/^[^\p{Cc}]*$/u, 'must not contain control characters')
    .optional()
    .describe('What callers are told'),
});
export type DisableRequest = z.output<typeof DisableRequest>;
