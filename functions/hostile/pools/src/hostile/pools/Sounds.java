// Plays without a device, and listens to what is played: the JDK tells listeners on a thread that it starts for the function.
package hostile.pools;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.sound.midi.MetaMessage;
import javax.sound.midi.MidiEvent;
import javax.sound.midi.MidiSystem;
import javax.sound.midi.Sequence;
import javax.sound.midi.Sequencer;
import javax.sound.midi.Track;

final class Sounds {
    private static final int NOTES = 1_000;
    private static volatile long turns;

    private Sounds() {}

    static void play(boolean spins) throws Exception {
        CountDownLatch heard = new CountDownLatch(1);
        Sequencer sequencer = MidiSystem.getSequencer(false);
        sequencer.open();
        sequencer.addMetaEventListener(note -> {
            heard.countDown();
            while (spins) {
                turns++;
            }
        });
        Sequence sequence = new Sequence(Sequence.PPQ, 10);
        Track track = sequence.createTrack();
        for (int i = 0; i < NOTES; i++) {
            track.add(new MidiEvent(new MetaMessage(1, new byte[] {(byte) (i >> 8), (byte) i}, 2), 0));
        }
        sequencer.setSequence(sequence);
        sequencer.start();
        if (!heard.await(5, TimeUnit.SECONDS)) {
            throw new IllegalStateException("nothing was heard");
        }
        sequencer.close();
    }
}
