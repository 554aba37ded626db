import * as registry from '@pulumi/azure-native/containerregistry/index.js';
import { local } from '@pulumi/command';
import * as pulumi from '@pulumi/pulumi';
import { imageDigest } from '../image-digest.ts';
import { contentTag, IMAGES, type ImageName } from '../image-sources.ts';
import { placed, type Site } from '../site.ts';

/** From the folder of the program or from the root, wherever the engine runs commands. */
const RUN = 'test -f Pulumi.yaml || cd ..; sh infra/scripts';
const POOL = 'builds';

export interface ImagesArgs {
  readonly site: Site;
  readonly root: string;
  readonly registryName: pulumi.Input<string>;
  readonly loginServer: pulumi.Input<string>;
  readonly buildsSubnetId: pulumi.Input<string>;
  /** What builds need to reach the registry from inside the network. */
  readonly after: readonly pulumi.Resource[];
}

/** The images of this repository, built in the registry; what did not change is not built again. */
export class Images extends pulumi.ComponentResource {
  private readonly references: Readonly<Record<string, pulumi.Output<string>>>;
  /** The tag of each, by which MCP servers are registered. */
  readonly tags: Readonly<Record<string, string>>;

  constructor(name: string, args: ImagesArgs, options?: pulumi.ComponentResourceOptions) {
    super('mcp-gateway:infra:Images', name, {}, options);
    const { settings } = args.site;
    const wanted = namesOf(settings.sampleServers);
    this.tags = Object.fromEntries(
      wanted.map((each) => [each, contentTag(args.root, IMAGES[each], settings.imageGeneration)]),
    );
    const pool = settings.privateEndpoints ? this.pool(args) : undefined;
    // Builds come at once, and the pool takes one change at a time: it is woken once, for all of them.
    const awake = pool && this.scale('wake', 1, args, [pool, ...args.after]);
    const builds = wanted.map((each) => [each, this.build(each, args, awake)] as const);
    this.references = Object.fromEntries(
      builds.map(([each, { stdout }]) => {
        const digest = stdout.apply((printed) => imageDigest(each, printed));
        return [each, pulumi.interpolate`${args.loginServer}/${each}@${digest}`];
      }),
    );
    // Sleeping machines cost nothing: they are paid by the second.
    if (pool) this.scale('rest', 0, args, builds.map(([, build]) => build)); // prettier-ignore
    this.registerOutputs({ tags: this.tags });
  }

  /** An image by its digest, so that what runs is what was built. */
  reference(image: ImageName): pulumi.Output<string> {
    const reference = this.references[image];
    if (reference === undefined) throw new Error(`${image} is not built by this stack.`);
    return reference;
  }

  private build(
    image: ImageName,
    { registryName }: ImagesArgs,
    awake: local.Command | undefined,
  ): local.Command {
    const tag = this.tags[image] ?? '';
    return new local.Command(
      image,
      {
        create: `${RUN}/build-image.sh`,
        environment: {
          REGISTRY: registryName,
          REPOSITORY: IMAGES[image].repository,
          TAG: tag,
          DOCKERFILE: IMAGES[image].dockerfile,
          ...(awake && { POOL }),
        },
        triggers: [registryName, tag],
        logging: 'stderr',
      },
      {
        parent: this,
        dependsOn: awake ? [awake] : [],
        customTimeouts: { create: '30m', update: '30m' },
      },
    );
  }

  /** Machines inside the network, for a registry that is reached from there alone. */
  private pool({ site, registryName, buildsSubnetId }: ImagesArgs): registry.AgentPool {
    return new registry.AgentPool(
      POOL,
      {
        ...placed(site),
        registryName,
        agentPoolName: POOL,
        tier: 'S1',
        os: 'Linux',
        count: 0,
        virtualNetworkSubnetResourceId: buildsSubnetId,
      },
      { parent: this, ignoreChanges: ['count'] }, // woken for builds
    );
  }

  /** Says how many of those machines there are, whenever any image is to be built. */
  private scale(
    name: 'wake' | 'rest',
    count: 0 | 1,
    { registryName }: ImagesArgs,
    after: readonly pulumi.Resource[],
  ): local.Command {
    return new local.Command(
      name,
      {
        create: `${RUN}/scale-builders.sh`,
        environment: { REGISTRY: registryName, POOL, COUNT: String(count) },
        triggers: [registryName, ...Object.values(this.tags)],
        logging: 'stderr',
      },
      { parent: this, dependsOn: [...after] },
    );
  }
}

/** What is built: the services, the bridge, and the samples where they are wanted. */
function namesOf(withSamples: boolean): readonly ImageName[] {
  const all = Object.keys(IMAGES) as ImageName[]; // the keys of that record
  return withSamples ? all : all.filter((name) => !name.endsWith('-example'));
}
