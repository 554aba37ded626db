import * as pulumi from '@pulumi/pulumi';
import * as random from '@pulumi/random';

/** Bytes of each key. */
const BYTES = 32;

/** Keys of one purpose, of which the first is in use, and the next one is known before it is needed. */
export class Keys extends pulumi.ComponentResource {
  /** In base64, separated by commas, the one in use first. */
  readonly list: pulumi.Output<string>;

  constructor(name: string, generation: number, options?: pulumi.ComponentResourceOptions) {
    super('mcp-gateway:infra:Keys', name, {}, options);
    // Replicas change one after the other: whichever key one uses, the others know it.
    const generations = [generation, generation + 1, generation - 1].filter((each) => each > 0);
    const keys = generations.map(
      (each) => new random.RandomBytes(`${name}-${each}`, { length: BYTES }, { parent: this }),
    );
    this.list = pulumi.secret(
      pulumi.all(keys.map(({ base64 }) => base64)).apply((all) => all.join()),
    );
    this.registerOutputs({});
  }
}
