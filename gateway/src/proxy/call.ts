import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Slotted } from '@mcp-gateway/core/domain/bag';
import { REQUEST_ID_HEADER } from '@mcp-gateway/core/domain/mcp';
import type { Principal } from '@mcp-gateway/core/domain/principal';
import type { GatewayError } from '@mcp-gateway/core/domain/errors';
import type { Endpoint } from '@mcp-gateway/core/ports/orchestrator';
import type { EndExchange } from '@mcp-gateway/core/ports/relay';
import { requestIdFrom } from '../request-id.ts';
import type { Destination } from './destination.ts';
import type { EndReason, RequestOutcome } from './data-plane-metrics.ts';
import { bodyListener, type BodyListener } from './heard-messages.ts';
import type { Target } from './target.ts';

/** What is known of one request on an MCP path; filled in step by step. */
export interface Call extends Slotted {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  readonly target: Target;
  readonly startedAt: number;
  principal: Principal | undefined;
  adapter: Destination | undefined;
  body: Buffer | undefined;
  replica: Endpoint | undefined;
  /** What the client was sent; 0 as long as nothing was. */
  status: number;
  outcome: RequestOutcome;
  streaming: boolean;
  /** What the body says, once it was heard. */
  readonly listener: BodyListener;
  /** Bytes of the server's answer. */
  answerBytes: number;
  /** The code of the error that the client was told. */
  errorCode: string | undefined;
  /** Ends the exchange with a server, while there is one. */
  end: EndExchange | undefined;
  /** Set when the gateway ends it before its time. */
  ending: Ending | undefined;
}

/** Why a call is ended, and what its client is told. */
export interface Ending {
  readonly reason: EndReason;
  readonly error: GatewayError;
}

/** A call of which nothing is known yet but what the request says. */
export function newCall(
  request: IncomingMessage,
  response: ServerResponse,
  target: Target = NOWHERE,
): Call {
  return {
    slot: 0,
    request,
    response,
    requestId: requestIdFrom(request.headers[REQUEST_ID_HEADER]),
    target,
    startedAt: performance.now(),
    principal: undefined,
    adapter: undefined,
    body: undefined,
    replica: undefined,
    status: 0,
    outcome: 'error',
    streaming: false,
    listener: bodyListener(),
    answerBytes: 0,
    errorCode: undefined,
    end: undefined,
    ending: undefined,
  };
}

const NOWHERE: Target = { adapter: '', query: '', sessionId: undefined };
