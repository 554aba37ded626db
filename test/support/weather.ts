/** The tool by which users of the established gateway know tools, as they register it. */
export const WEATHER = {
  name: 'weather',
  imageName: 'weather-tool',
  imageVersion: '1.0.0',
  requiredRoles: ['Weather.Read'],
  toolDefinition: {
    tool: {
      name: 'weather',
      title: 'Weather Information',
      description: 'Gets the current weather for a specified location.',
      type: 'http',
      inputSchema: {
        type: 'object',
        properties: { location: { type: 'string' } },
        required: ['location'],
      },
      annotations: { readOnly: true },
    },
    port: 8000,
  },
};

/** A call of it. */
export const WEATHER_CALL = { name: 'weather', arguments: { location: 'Oslo' } };
