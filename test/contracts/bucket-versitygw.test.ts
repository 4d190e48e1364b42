import { startS3Server } from '../servers/s3-server.ts';
import { bucketReaderContract } from './bucket-reader.ts';

bucketReaderContract(startS3Server, { checksKeys: true });
