package dev.culvert.ike.engine;

import dev.culvert.ike.EngineInput.DataplaneEvent.SaUse;
import dev.culvert.ike.exchange.Takeover;
import dev.culvert.ike.session.ChildSa;
import dev.culvert.ike.session.Session;

/**
 * What the dataplane's reports of traffic mean: signs of life, and proof that the peer uses a new
 * child SA.
 */
final class ChildUse {
    private final EngineCore core;

    ChildUse(EngineCore core) {
        this.core = core;
    }

    void onUse(Session session, ChildSa child, SaUse use) {
        boolean received = use.lastInboundNs() != 0 && use.lastInboundNs() <= core.nowNs();
        child.noteUse(
                received ? use.lastInboundNs() : 0, Math.min(use.lastOutboundNs(), core.nowNs()));
        if (received && child.isCurrent()) {
            Takeover.peerUses(session, child);
        }
    }
}
