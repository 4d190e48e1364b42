import { Fault, isFault, messageOf } from '../../core/failures.ts';
import { chartLimitsFor, found, type Outcome } from '../../helm/chart/chart.ts';
import { isExactVersion, pickTagged, tagOfVersion, versionsOfTags } from '../../helm/pick-version.ts';
import type { RegistryAccess } from '../../oci/access.ts';
import { HELM_CHART_LAYER } from '../../oci/choose-tag.ts';
import { whoAsks } from '../../oci/credentials.ts';
import type { Descriptor } from '../../oci/descriptor.ts';
import { isIndex, parseManifest, type RawManifest } from '../../oci/manifest.ts';
import { openRegistry, type Registry } from '../../oci/registry.ts';
import { nameOf, type OciRepository, parseRepository } from '../../oci/repository.ts';
import type { OpenedRepository, PickedChart } from './repository.ts';

/** Helm's own layers of charts, and what it called them at first. */
const CHART_LAYERS = [HELM_CHART_LAYER, 'application/tar+gzip'];

/** Charts in a registry, each a repository below `url` (HC-04); each request has the time that `signal` gives it. */
export function openOciCharts(
  url: string,
  access: RegistryAccess,
  signal: () => AbortSignal,
): OpenedRepository {
  return {
    async pick(chart, wanted): Promise<Outcome<PickedChart>> {
      const at = `${url}/${chart}`;
      const repository = parseRepository(at);
      const registry = (): Registry => openRegistry(repository, { ...access, signal: signal() });
      const version = isExactVersion(wanted) ? wanted : await newestTag(registry(), chart, at, wanted);
      return found(charted(chart, version, `${at}:${version}`, { repository, registry }, access));
    },
  };
}

async function newestTag(registry: Registry, chart: string, url: string, wanted: string): Promise<string> {
  const versions = await tagsOf(registry, chart, url);
  const picked = pickTagged(wanted, versions);
  if (picked.ok) return picked.value;
  throw new Fault('not-found', picked.problem.message, { chart });
}

async function tagsOf(registry: Registry, chart: string, url: string): Promise<readonly string[]> {
  const where = `could not get tags for "${chart}"`;
  try {
    const versions = versionsOfTags(await registry.tags());
    if (versions.length > 0) return versions;
  } catch (error) {
    if (!isFault(error)) throw error;
    const message = `${where}: could not fetch tags for "${url}": ${messageOf(error)}`;
    throw new Fault(error.code, message, error.data, error);
  }
  throw new Fault('not-found', `${where}: unable to locate any tags in provided repository: ${url}`, { url });
}

interface Opened {
  readonly repository: OciRepository;
  readonly registry: () => Registry;
}

function charted(
  name: string,
  version: string,
  url: string,
  { repository, registry }: Opened,
  { credentials, ca, clientCertificate, insecure }: RegistryAccess,
): PickedChart {
  let asked: Promise<RawManifest> | undefined;
  const manifest = (): Promise<RawManifest> => {
    asked ??= named(url, () => registry().manifest(tagOfVersion(version)));
    return asked;
  };
  return {
    name,
    version,
    url,
    identity: async () => {
      const who = whoAsks(credentials);
      if (who === undefined) return undefined;
      const { digest } = await manifest();
      return [nameOf(repository), digest, who, ca ?? '', clientCertificate ?? null, insecure];
    },
    download: async (size) => {
      const raw = await manifest();
      const bytes = chartLimitsFor(size).chartBytes;
      return named(url, async () => registry().blob(chartLayer(raw), bytes));
    },
    signed: async () => ({ repository, registry: registry(), digest: (await manifest()).digest }),
  };
}

function chartLayer(raw: RawManifest): Descriptor {
  if (isIndex(raw)) throw new Fault('malformed', 'it is an index of images, not a chart', {});
  const layer = parseManifest(raw).layers.find(({ mediaType }) => CHART_LAYERS.includes(mediaType));
  if (layer !== undefined) return layer;
  const message = `manifest does not contain a layer with mediatype ${HELM_CHART_LAYER}`;
  throw new Fault('not-found', message, { digest: raw.digest });
}

/** With what was asked for in the message. */
async function named<T>(url: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isFault(error)) throw error;
    throw new Fault(error.code, `failed to get '${url}': ${messageOf(error)}`, error.data, error);
  }
}
