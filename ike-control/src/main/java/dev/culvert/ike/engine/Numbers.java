package dev.culvert.ike.engine;

import dev.culvert.ike.config.ChildConfig;
import dev.culvert.ike.crypto.RandomSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** The numbers that SAs are known by: SPIs at random, the others counted up. */
final class Numbers {
    /** RFC 4303 section 2.1 reserves 1 to 255, and 0 for local use. */
    private static final int LAST_RESERVED_SPI = 255;

    private final RandomSource random;
    private final Set<Integer> spis = new HashSet<>();
    private final Map<ChildKey, Integer> reqids = new HashMap<>();
    private long lastChildSaId;
    private int lastChildUniqueId;
    private int lastSessionId;
    private int lastReqid;

    Numbers(RandomSource random) {
        this.random = random;
    }

    int allocateSpi() {
        while (true) {
            int spi = (int) random.nextLong();
            if (Integer.compareUnsigned(spi, LAST_RESERVED_SPI) > 0 && spis.add(spi)) {
                return spi;
            }
        }
    }

    void releaseSpi(int spi) {
        spis.remove(spi);
    }

    /** How many SPIs are taken. */
    int spis() {
        return spis.size();
    }

    long allocateIkeSpi(SessionTable table) {
        while (true) {
            long spi = random.nextIkeSpi();
            if (!table.isUsedSpi(spi)) {
                return spi;
            }
        }
    }

    int nextSessionId() {
        return ++lastSessionId;
    }

    long nextChildSaId() {
        return ++lastChildSaId;
    }

    int nextChildUniqueId() {
        return ++lastChildUniqueId;
    }

    /** The configured one, or one that stays the same as long as the engine lives. */
    int reqid(String connection, ChildConfig child) {
        if (child.reqid() != 0) {
            return child.reqid();
        }
        return reqids.computeIfAbsent(new ChildKey(connection, child.name()), _ -> ++lastReqid);
    }
}
