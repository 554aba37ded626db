import { connected, type Way } from './clients.ts';

/** A tool as a test says of it; the rest is as in most tests. */
export interface ToolInTest {
  readonly name: string;
  readonly imageName: string;
  readonly description?: string;
  readonly path?: string;
  readonly outputSchema?: object | undefined;
  readonly requiredRoles?: readonly string[];
  readonly environmentVariables?: Readonly<Record<string, string>>;
}

/** The body that registers or replaces a tool. */
function toolBody({ name, path, description, outputSchema, ...rest }: ToolInTest): object {
  const tool = { name, description, inputSchema: { type: 'object' }, outputSchema };
  return { name, imageVersion: '1.0.0', ...rest, toolDefinition: { tool, path } };
}

/** Registers a tool; throws with the answer when refused. */
export async function addTool(gateway: string, tool: ToolInTest): Promise<void> {
  const answer = await fetch(`${gateway}/tools`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(toolBody(tool)),
  });
  if (answer.status !== 201)
    throw new Error(`POST /tools: ${answer.status} ${await answer.text()}`);
}

/** Replaces a tool; throws with the answer when refused. */
export async function replaceTool(gateway: string, tool: ToolInTest): Promise<void> {
  const answer = await fetch(`${gateway}/tools/${tool.name}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(toolBody(tool)),
  });
  if (answer.status !== 200) throw new Error(`PUT /tools: ${answer.status} ${await answer.text()}`);
}

/** The text that a tool answers at `/mcp`; throws when the router refuses or the tool has failed. */
export async function callTool(
  gateway: string,
  name: string,
  args: Record<string, unknown>,
  way?: Way,
): Promise<string> {
  const client = await connected('modern', `${gateway}/mcp`, way);
  try {
    const { isError, text } = await client.call(name, args);
    if (isError) throw new Error(`the tool failed: ${text}`);
    return text;
  } finally {
    await client.close();
  }
}
