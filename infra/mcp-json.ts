/** What VS Code reads to find the gateway; the text of a file that can be saved as it is. */
export function mcpJson(label: string, origin: string): string {
  const server = { type: 'http', url: `${origin}/mcp` };
  return JSON.stringify({ servers: { [`mcp-gateway-${label}`]: server } }, undefined, 2);
}
