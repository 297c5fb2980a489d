package dev.culvert.ike.session;

import dev.culvert.ike.proposal.Proposal;
import dev.culvert.ike.ts.TrafficSelector;
import java.util.List;

/**
 * What an initiator offers for a child SA.
 *
 * @param request what it is for
 * @param spiIn the SPI that we chose
 * @param proposals numbered and with that SPI, as they are sent
 * @param localSelectors TSi, as sent
 * @param remoteSelectors TSr, as sent
 */
public record ChildOffer(
        ChildRequest request,
        int spiIn,
        List<Proposal> proposals,
        List<TrafficSelector> localSelectors,
        List<TrafficSelector> remoteSelectors) {
    public ChildOffer {
        proposals = List.copyOf(proposals);
        localSelectors = List.copyOf(localSelectors);
        remoteSelectors = List.copyOf(remoteSelectors);
    }
}
