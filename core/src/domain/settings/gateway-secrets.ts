import { commaList } from './settings.ts';

/** The setting by which gateway and tool router know each other. */
export const gatewaySecretsShape = {
  GATEWAY_SECRETS: commaList
    .refine(
      (secrets) =>
        secrets.length > 0 && secrets.every((secret) => /^[\x20-\x7e]{32,}$/.test(secret)),
      'must be secrets of at least 32 characters of ASCII each, separated by commas',
    )
    .optional()
    .describe(
      'Secrets that gateway and tool router share, comma-separated; the first is sent, all count',
    )
    .meta({ secret: true }),
};
