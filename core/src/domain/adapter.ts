import { z } from 'zod';
import {
  Path,
  Port,
  RECORDED,
  resourceView,
  SHOWN,
  variablesOnce,
  WorkloadSpec,
} from './resource.ts';
import { toolRulesShape } from './tool-rules.ts';

/** What a caller sends to create or replace an adapter; unknown members are dropped. */
export const AdapterSpec = WorkloadSpec.extend({
  port: Port.default(8000).describe('Port on which the server listens'),
  path: Path.default('/mcp').describe('Path of the MCP endpoint'),
  exposeTools: z
    .boolean()
    .default(false)
    .describe('Offer its tools, prompts and resources at /mcp as well, with its name in front'),
  ...toolRulesShape,
});
export type AdapterSpec = z.output<typeof AdapterSpec>;

/** The body of a request to create or replace an adapter. */
export const AdapterRequest = AdapterSpec.superRefine(variablesOnce);

/** An adapter as stored. */
export const Adapter = AdapterSpec.extend(RECORDED);
export type Adapter = z.output<typeof Adapter>;

/** What a caller is shown of an adapter. */
export const AdapterView = AdapterSpec.extend(SHOWN);
export type AdapterView = z.output<typeof AdapterView>;

/** The wire form of an adapter; values of variables are starred out unless `withValues`. */
export function adapterView(adapter: Adapter, withValues: boolean): AdapterView {
  return resourceView(adapter, withValues);
}
