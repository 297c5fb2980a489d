package dev.culvert.ike.exchange;

import dev.culvert.ike.config.ChildConfig;
import dev.culvert.ike.proposal.EspSuite;
import dev.culvert.ike.ts.TrafficSelector;
import java.util.List;

/** What both sides agreed on for a child SA. */
record ChildTerms(
        ChildConfig config,
        EspSuite suite,
        int spiIn,
        int spiOut,
        List<TrafficSelector> localSelectors,
        List<TrafficSelector> remoteSelectors) {
    ChildTerms {
        localSelectors = List.copyOf(localSelectors);
        remoteSelectors = List.copyOf(remoteSelectors);
    }
}
