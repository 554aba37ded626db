import { PolicyPack } from '@pulumi/policy';

new PolicyPack('pipelines', {
  policies: [
    {
      name: 'no-forbidden-tag',
      description: 'Nothing is tagged "forbidden".',
      enforcementLevel: 'mandatory',
      validateResource: ({ props }, report) => {
        if (Object.keys((props.tags ?? {}) as object).includes('forbidden')) report('take it off');
      },
    },
  ],
});
