package dev.culvert.esp.agent;

import dev.culvert.esp.testing.AgentRig;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/** The agents' own tests once more, with two workers that get all there is to seal or open. */
@ExtendWith(AgentsWithWorkersIT.TwoWorkers.class)
class AgentsWithWorkersIT {

    static final class TwoWorkers implements BeforeAllCallback, AfterAllCallback {

        @Override
        public void beforeAll(ExtensionContext context) {
            System.setProperty(AgentRig.WORKERS_PROPERTY, "2");
        }

        @Override
        public void afterAll(ExtensionContext context) {
            System.clearProperty(AgentRig.WORKERS_PROPERTY);
        }
    }

    @Nested
    class Outbound extends OutboundTest {}

    @Nested
    class SuperPackets extends SuperPacketTest {}

    @Nested
    class Tunnels extends TunnelTest {}

    @Nested
    class Drops extends InboundDropTest {}

    @Nested
    class Events extends InboundEventsTest {}

    @Nested
    class JoinedDatagrams extends JoinedDatagramsTest {}

    @Nested
    class Headers extends HeaderFieldsTest {}
}
