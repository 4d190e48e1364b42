import { startMoto } from '../servers/moto.ts';
import { bucketReaderContract } from './bucket-reader.ts';

// moto takes any keys.
bucketReaderContract(startMoto, { checksKeys: false });
