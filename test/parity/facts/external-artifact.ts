import type { Fact } from '../index.ts';

const ea = (row: number, fact: string, says: string): Fact => ({ row: `EA-0${row}`, fact, says });

/** What an ExternalArtifact is, and who may use it. */
export const externalArtifactFacts = [
  ea(1, 'no-reconciler', 'Nobody but its maker writes an ExternalArtifact: it is read, not reconciled.'),
  ea(1, 'source-ref', 'It says which object made it.'),
  ea(2, 'ready', 'Its maker says Ready, with the reason Succeeded, together with the artifact.'),
  ea(3, 'digest', 'What its URL answers must be what its digest says.'),
  ea(3, 'revision', 'Its revision and the metadata of its origin are what the maker wrote.'),
  ea(
    4,
    'gate',
    'A Kustomization that names one stalls with AccessDenied unless the gate ExternalArtifact is open.',
  ),
  ea(4, 'consumers', 'With the gate open a new artifact is applied at once.'),
  ea(
    5,
    'labels',
    'One that a generator made is labelled with who manages it and with the uid of its generator.',
  ),
] as const;
