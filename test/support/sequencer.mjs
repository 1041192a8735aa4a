import Sequencer from '@jest/test-sequencer';

const folders = ['crashes', 'races', 'architecture', 'stories', 'unit'];
const rank = ({ path }) => folders.findIndex((folder) => path.includes(`/test/${folder}/`));

/** Folders with long tests first, so that no worker is left alone with one at the end; within a folder as Jest does it. */
export default class LongestFirst extends Sequencer {
  sort(tests) {
    return super.sort(tests).sort((a, b) => rank(a) - rank(b));
  }
}
