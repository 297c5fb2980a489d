package dev.culvert.tun;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class PollerTest {
    @Test
    void shouldReturnNothingAfterTimeout() throws Exception {
        try (WakeUp wakeUp = WakeUp.open()) {
            Poller poller = new Poller(1);
            int index = poller.add(wakeUp.fd(), Poller.READABLE);

            assertThat(poller.poll(0)).isZero();
            assertThat(poller.poll(1_000_000)).isZero();
            assertThat(poller.isReadable(index)).isFalse();
            assertThat(wakeUp.drain()).isFalse();
        }
    }

    @Test
    void shouldWakeWhenAnotherThreadSignals() throws Exception {
        try (WakeUp quiet = WakeUp.open();
                WakeUp wakeUp = WakeUp.open()) {
            Poller poller = new Poller(2);
            int quietIndex = poller.add(quiet.fd(), Poller.READABLE);
            int index = poller.add(wakeUp.fd(), Poller.READABLE);
            Thread other = Thread.ofPlatform().start(wakeUp::signal);

            assertThat(poller.poll(-1)).isEqualTo(1);

            assertThat(poller.isReadable(index)).isTrue();
            assertThat(poller.isReadable(quietIndex)).isFalse();
            other.join();
            assertThat(wakeUp.drain()).isTrue();
            assertThat(poller.poll(0)).as("drained").isZero();
        }
    }

    @Test
    void shouldGatherSignalsUntilDrained() throws Exception {
        try (WakeUp wakeUp = WakeUp.open()) {
            for (int i = 0; i < 1000; i++) {
                wakeUp.signal();
            }
            assertThat(wakeUp.drain()).isTrue();
            assertThat(wakeUp.drain()).isFalse();
        }
    }

    @Test
    void shouldIgnoreSignalsAfterClose() throws Exception {
        WakeUp closed = WakeUp.open();
        closed.close();
        closed.close();
        // Most likely gets the number that was just freed; a late signal must not reach it.
        try (WakeUp next = WakeUp.open()) {
            closed.signal();

            assertThat(next.drain()).isFalse();
        }
    }

    @Test
    void shouldWaitOnlyForWhatIsAskedFor() throws Exception {
        try (WakeUp wakeUp = WakeUp.open()) {
            Poller poller = new Poller(1);
            int index = poller.add(wakeUp.fd(), Poller.READABLE | Poller.WRITABLE);

            assertThat(poller.poll(0)).as("an eventfd can be written").isEqualTo(1);
            assertThat(poller.isWritable(index)).isTrue();
            poller.setEvents(index, Poller.READABLE);
            assertThat(poller.poll(0)).isZero();
        }
    }

    @Test
    void shouldReportClosedDescriptorAsReady() throws Exception {
        Poller poller = new Poller(1);
        int index = poller.add(1_000_000, Poller.READABLE);

        assertThat(poller.poll(0)).isEqualTo(1);
        assertThat(poller.isReadable(index)).as("reading tells what is wrong").isTrue();
    }

    @Test
    void shouldRefuseMoreThanItsCapacity() {
        Poller poller = new Poller(1);
        poller.add(0, Poller.READABLE);

        assertThatThrownBy(() -> poller.add(1, Poller.READABLE))
                .isInstanceOf(IllegalStateException.class);
    }
}
