/** How many tools the example list has; with their schemas they are 75 kB, as the lists of large servers are. */
export const TOOL_COUNT = 61;

const PARAMETERS = 10;

/** A list of tools of a realistic size and shape. */
export function exampleTools(): readonly object[] {
  return Array.from({ length: TOOL_COUNT }, (_, tool) => ({
    name: `cloud_service_${tool}_operation`,
    description: `Lists, shows, creates or changes the resources of service ${tool} in a subscription.`,
    inputSchema: {
      type: 'object',
      properties: Object.fromEntries(
        Array.from({ length: PARAMETERS }, (_, index) => [
          `parameter-${index}`,
          {
            type: 'string',
            description: `The name of part ${index} of the resource, or its id.`,
          },
        ]),
      ),
      required: ['parameter-0'],
    },
    annotations: { title: `Service ${tool}`, readOnlyHint: true, destructiveHint: false },
  }));
}
