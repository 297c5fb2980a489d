package dev.culvert.esp.agent;

import dev.culvert.esp.testing.AgentRig;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/** The agents' own tests once more, where the agent that reads is not the one that has the SAs. */
@ExtendWith(HandOverIT.TwoAgents.class)
class HandOverIT {

    static final class TwoAgents implements BeforeAllCallback, AfterAllCallback {

        @Override
        public void beforeAll(ExtensionContext context) {
            System.setProperty(AgentRig.AGENTS_PROPERTY, "2");
        }

        @Override
        public void afterAll(ExtensionContext context) {
            System.clearProperty(AgentRig.AGENTS_PROPERTY);
        }
    }

    @Nested
    class Outbound extends OutboundTest {}

    @Nested
    class SuperPackets extends SuperPacketTest {}

    @Nested
    class Tunnels extends TunnelTest {}

    @Nested
    class Drops extends InboundDropTest {

        /** Not a test here: the removal comes before what was handed over meanwhile. */
        @Override
        void shouldNotUseRemovedSaWhenItIsRemovedBetweenDatagramsOfOneSlot() {}
    }

    @Nested
    class Events extends InboundEventsTest {}

    @Nested
    class JoinedDatagrams extends JoinedDatagramsTest {}

    @Nested
    class Headers extends HeaderFieldsTest {}
}
