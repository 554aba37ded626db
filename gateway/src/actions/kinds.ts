import { adapterView, type AdapterSpec, type AdapterView } from '@mcp-gateway/core/domain/adapter';
import type { ResourceKind } from '@mcp-gateway/core/domain/naming';
import { toolText, type SearchText } from '@mcp-gateway/core/domain/search-text';
import type { Recorded, WorkloadSpec } from '@mcp-gateway/core/domain/resource';
import { toolView, type ToolSpec, type ToolView } from '@mcp-gateway/core/domain/tool';
import { adapterWorkload, toolWorkload, type Workload } from '@mcp-gateway/core/domain/workload';

/** What the use cases of all resources need to know of one kind of them. */
export interface Kind<S extends WorkloadSpec, V> {
  readonly kind: ResourceKind;
  /** What the platform runs for it. */
  readonly workload: (resource: Recorded<S>) => Workload;
  /** What a caller sees of it. */
  readonly view: (resource: Recorded<S>, withValues: boolean) => V;
  /** What it is found by. */
  readonly text: (resource: Recorded<S>) => SearchText;
}

export const ADAPTERS: Kind<AdapterSpec, AdapterView> = {
  kind: 'adapter',
  workload: adapterWorkload,
  view: adapterView,
  text: ({ name, description }) => ({ name, description }),
};

export const TOOLS: Kind<ToolSpec, ToolView> = {
  kind: 'tool',
  workload: toolWorkload,
  view: toolView,
  text: ({ toolDefinition }) => toolText(toolDefinition.tool),
};
