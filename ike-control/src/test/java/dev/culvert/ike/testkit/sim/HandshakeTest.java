package dev.culvert.ike.testkit.sim;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Two engines set up an IKE SA and a child. */
class HandshakeTest {
    @Test
    void shouldSetUpATunnelWhenBothSidesAgree() {
        SimPair pair = new SimPair(1, Weather.FAIR).usual().up("web");
        assertThat(pair.moon().childrenUp()).containsExactly("web");
        assertThat(pair.sun().childrenUp()).containsExactly("web");
    }
}
