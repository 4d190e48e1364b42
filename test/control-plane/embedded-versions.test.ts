import { APPLY, type Step } from './embedded-both.ts';
import { answeredAlike } from './embedded-scenarios.ts';

const V1 = '/apis/autoscaling/v1/namespaces/NS/horizontalpodautoscalers';
const V2 = '/apis/autoscaling/v2/namespaces/NS/horizontalpodautoscalers';
const CORE = '/api/v1/namespaces/NS/events';
const NEW = '/apis/events.k8s.io/v1/namespaces/NS/events';

const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' };
const target = { type: 'Utilization', averageUtilization: 70 };
const metrics = [{ type: 'Resource', resource: { name: 'cpu', target } }];
const involvedObject = { kind: 'Pod', namespace: 'NS', name: 'p' };
/** Requests in two versions of the same objects, answered word for word as by a real API server. */
const SCENARIOS: Readonly<Record<string, readonly Step[]>> = {
  autoscalers: [
    [
      'POST',
      `${V1}?fieldManager=a`,
      {
        metadata: { name: 'x' },
        spec: { scaleTargetRef, maxReplicas: 3, targetCPUUtilizationPercentage: 60 },
      },
    ],
    [
      'POST',
      `${V2}?fieldManager=a`,
      { metadata: { name: 'y' }, spec: { scaleTargetRef, maxReplicas: 3, metrics } },
    ],
    [
      'PATCH',
      `${V2}/x?fieldManager=b`,
      {
        apiVersion: 'autoscaling/v2',
        kind: 'HorizontalPodAutoscaler',
        metadata: { name: 'x' },
        spec: { scaleTargetRef, maxReplicas: 4 },
      },
      APPLY,
    ],
  ],
  events: [
    [
      'POST',
      `${CORE}?fieldManager=a`,
      {
        metadata: { name: 'e' },
        involvedObject,
        reason: 'Started',
        message: 'it started',
        type: 'Normal',
        count: 2,
      },
    ],
    ['GET', `${CORE}/e`],
    ['GET', `${NEW}/e`],
    ['GET', `${NEW}?fieldSelector=regarding.name=p`],
    ['GET', `${CORE}?fieldSelector=involvedObject.name=p`],
    ['GET', `${CORE}?fieldSelector=involvedObject.name=q`],
    ['DELETE', `${NEW}/e`],
    ['GET', `${CORE}/e`],
  ],
};

answeredAlike(SCENARIOS);
