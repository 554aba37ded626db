/** The roles of the application, and what they are for. */
export const APP_ROLES = {
  'mcp.admin': 'Everything, on every server.',
  'mcp.engineer': 'Register servers, and use those that are shared with engineers.',
  'mcp.reader': 'See and call every server, and change none.',
} as const;

/** The scope that users consent to. */
export const SCOPE_NAME = 'access';

/** Clients that nobody needs to be asked about. */
export const WELL_KNOWN_CLIENTS = {
  'visual-studio-code': 'aebc6443-996d-45c2-90f0-388ff96faa56',
  'azure-cli': '04b07795-8ddb-461a-bbee-02f9e1bf7b46',
} as const;
