import { openStore } from '../../../../infra/local/cluster/store/open-store.ts';
import { CONFIG_MAPS, configMap, NATURE } from './objects.ts';

/** Stores a pair of objects each turn and removes the tenth before it, until it is killed; prints its revisions. */
function writeForEver(file: string): void {
  const store = openStore({ nature: NATURE, file });
  const padding = { text: 'z'.repeat(2_000) };
  let turn = 0;
  const next = () => {
    turn++;
    for (const half of ['a', 'b']) store.put(CONFIG_MAPS, configMap(`${turn}-${half}`, 'n', padding));
    if (turn > 10) for (const half of ['a', 'b']) store.remove(CONFIG_MAPS, 'n', `${turn - 10}-${half}`);
    process.stdout.write(`${store.revision}\n`);
    setImmediate(next);
  };
  next();
}

writeForEver(process.argv[2] ?? '');
