import type { SignIn } from '@mcp-gateway/core/domain/settings/entra-settings';
import { z } from 'zod';
import { readiness, type HealthDependencies } from '../health.ts';
import type { Route } from './route.ts';

export interface GatewayRouteDependencies {
  readonly health: HealthDependencies;
  readonly isDevelopment: boolean;
  readonly publicOrigin: () => string;
  /** Absent where callers have no tokens. */
  readonly signIn?: SignIn | undefined;
  /** The OpenAPI document. */
  readonly document: () => object;
}

const Live = z.object({ status: z.literal('live') });
const Ready = z.object({
  status: z.enum(['ready', 'not_ready']),
  checks: z.record(z.string(), z.enum(['ok', 'degraded', 'failing'])),
});
const PortalConfig = z.object({
  isDevelopment: z.boolean(),
  publicOrigin: z.string(),
  agentsEnabled: z.boolean(),
  azureAd: z
    .object({ tenantId: z.string(), clientId: z.string(), scopes: z.array(z.string()) })
    .nullable(),
});
const PROBE = { tag: 'Gateway', anonymous: true, unguarded: true, failures: [] } as const;
const OPEN = { tag: 'Gateway', anonymous: true, failures: [] } as const;

/** What the gateway tells of itself to anybody. */
export function gatewayRoutes(deps: GatewayRouteDependencies): readonly Route[] {
  return [...probes(deps), ...descriptions(deps)];
}

function probes({ health }: GatewayRouteDependencies): readonly Route[] {
  return [
    {
      ...PROBE,
      method: 'get',
      path: '/ping',
      id: 'ping',
      summary: 'Answers while the process runs',
      answers: {
        200: { description: 'pong', schema: z.literal('pong'), contentType: 'text/plain' },
      },
      handle: (ctx) => {
        ctx.body = 'pong';
      },
    },
    {
      ...PROBE,
      method: 'get',
      path: '/health/live',
      id: 'live',
      summary: 'Answers while the process runs',
      answers: { 200: { description: 'It runs', schema: Live } },
      handle: (ctx) => {
        ctx.body = { status: 'live' };
      },
    },
    {
      ...PROBE,
      method: 'get',
      path: '/health/ready',
      id: 'ready',
      summary: 'Whether requests should be sent here',
      answers: {
        200: { description: 'Yes', schema: Ready },
        503: { description: 'No', schema: Ready },
      },
      handle: (ctx) => {
        const { ready, checks } = readiness(health);
        ctx.status = ready ? 200 : 503;
        ctx.body = { status: ready ? 'ready' : 'not_ready', checks };
      },
    },
  ];
}

function descriptions(deps: GatewayRouteDependencies): readonly Route[] {
  return [
    {
      ...OPEN,
      method: 'get',
      path: '/',
      id: 'welcome',
      summary: 'Where things are',
      answers: { 200: { description: 'A text', schema: z.string(), contentType: 'text/plain' } },
      handle: (ctx) => {
        ctx.body = welcome(deps.publicOrigin());
      },
    },
    {
      ...OPEN,
      method: 'get',
      path: '/portal/config',
      id: 'portalConfig',
      summary: 'What a portal needs to know before sign-in',
      answers: { 200: { description: 'The configuration', schema: PortalConfig } },
      handle: (ctx) => {
        ctx.body = {
          isDevelopment: deps.isDevelopment,
          publicOrigin: deps.publicOrigin(),
          agentsEnabled: false,
          azureAd: azureAd(deps.signIn),
        } satisfies z.output<typeof PortalConfig>;
      },
    },
    {
      ...OPEN,
      method: 'get',
      path: '/openapi.json',
      id: 'openapi',
      summary: 'This description',
      answers: { 200: { description: 'OpenAPI 3.1', schema: z.looseObject({}) } },
      handle: (ctx) => {
        ctx.body = deps.document();
      },
    },
  ];
}

function azureAd(signIn: SignIn | undefined): z.output<typeof PortalConfig>['azureAd'] {
  if (signIn?.entra === undefined) return null;
  return { ...signIn.entra, scopes: signIn.scope === undefined ? [] : [signIn.scope] };
}

function welcome(origin: string): string {
  return [
    'This is an MCP gateway.',
    '',
    `MCP servers:  ${origin}/adapters/{name}/mcp`,
    `Registration: ${origin}/adapters`,
    `API:          ${origin}/openapi.json`,
    '',
  ].join('\n');
}
