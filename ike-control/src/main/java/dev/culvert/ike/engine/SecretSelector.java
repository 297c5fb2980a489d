package dev.culvert.ike.engine;

import dev.culvert.ike.config.SharedSecret;
import dev.culvert.ike.crypto.SecretBytes;
import dev.culvert.ike.id.Identity;
import java.util.List;
import java.util.Optional;

/**
 * Finds the pre-shared key for two identities as strongSwan does: the closer the owners match the
 * peer, the better; then the closer they match this side. A key without owners is for anybody.
 */
final class SecretSelector {
    private static final int NO_MATCH = 0;
    private static final int ANYBODY = 1;
    private static final int PATTERN = 2;
    private static final int EXACT = 3;

    private SecretSelector() {}

    static Optional<SecretBytes> find(List<SharedSecret> secrets, Identity local, Identity remote) {
        Optional<SecretBytes> best = Optional.empty();
        int bestLocal = NO_MATCH;
        int bestRemote = NO_MATCH;
        for (SharedSecret secret : secrets) {
            int ofLocal = quality(secret.owners(), local);
            int ofRemote = quality(secret.owners(), remote);
            if (ofLocal == NO_MATCH && ofRemote == NO_MATCH) {
                continue;
            }
            if (ofRemote > bestRemote || (ofRemote == bestRemote && ofLocal > bestLocal)) {
                best = Optional.of(secret.secret());
                bestLocal = ofLocal;
                bestRemote = ofRemote;
            }
        }
        return best;
    }

    private static int quality(List<Identity> owners, Identity identity) {
        if (owners.isEmpty()) {
            return ANYBODY;
        }
        int best = NO_MATCH;
        for (Identity owner : owners) {
            if (owner.equals(identity)) {
                return EXACT;
            }
            if (identity.matches(owner)) {
                best = Math.max(best, owner instanceof Identity.Any ? ANYBODY : PATTERN);
            }
        }
        return best;
    }
}
