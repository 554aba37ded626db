import * as pulumi from '@pulumi/pulumi';
import type { Settings } from './profiles.ts';
import { stackSettings } from './stack-settings.ts';

/** Of the SDK, which exports it without a type. */
interface SecretKeys {
  readonly isConfigSecret: (key: string) => boolean;
}

/** The settings of the stack at hand; the only place that reads Pulumi's configuration. Throws naming all mistakes. */
export function readSettings(): Settings {
  const prefix = `${new pulumi.Config().name}:`;
  const own = Object.entries(pulumi.runtime.allConfig()).filter(([key]) => key.startsWith(prefix));
  const values = Object.fromEntries(own.map(([key, text]) => [key.slice(prefix.length), text]));
  const { isConfigSecret } = pulumi.runtime as unknown as SecretKeys; // see there
  return stackSettings({ values, encrypted: (name) => isConfigSecret(`${prefix}${name}`) });
}
