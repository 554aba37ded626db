import { afterAll, beforeAll, describe, test } from '@jest/globals';
import { describeCalls, EXAMPLE } from './deployed/calls.ts';
import { allReady, put } from './deployed/client.ts';
import { describeConfinement } from './deployed/confinement.ts';
import { describeFaults } from './deployed/faults.ts';
import { describeRouterFaults } from './deployed/router-faults.ts';
import { describeRouter } from './deployed/router.ts';
import { describeSessions } from './deployed/sessions.ts';
import { clusterHere } from './support/cluster.ts';
import { deploy, type Deployment } from './support/deployment.ts';

const cluster = await clusterHere();

/** One deployment for all, since making it takes longer than most of the tests. */
if (cluster) {
  describe('the gateway deployed in a cluster', () => {
    let deployment: Deployment | undefined;
    const on = (): Deployment => {
      if (deployment === undefined) throw new Error('nothing is deployed');
      return deployment;
    };
    beforeAll(async () => {
      deployment = await deploy(cluster);
      await put(deployment, EXAMPLE);
      await allReady(deployment, EXAMPLE.name, EXAMPLE.replicaCount);
    }, 1_500_000);
    afterAll(async () => {
      await deployment?.remove();
      await cluster.api.close();
    });

    describeCalls(on);
    describeSessions(on);
    describeRouter(on);
    describeConfinement(on);
    describeRouterFaults(on);
    describeFaults(on);
  });
} else {
  describe('the gateway deployed in a cluster', () =>
    test.skip('needs a cluster', () => undefined));
}
