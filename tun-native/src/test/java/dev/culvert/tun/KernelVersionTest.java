package dev.culvert.tun;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KernelVersionTest {

    @ParameterizedTest
    @CsvSource({
        "6.1.0-25-amd64, 6, 1, 0",
        "5.12, 5, 12, 0",
        "6.18.44-fc-v657, 6, 18, 44",
        "7.0.0-rc1+, 7, 0, 0",
        "unknown, 0, 0, 0",
        "6, 0, 0, 0",
    })
    void shouldFindTheVersionWhenReadingARelease(String release, int major, int minor, int patch) {
        assertThat(KernelVersion.parse(release)).isEqualTo(new KernelVersion(major, minor, patch));
    }

    @ParameterizedTest
    @CsvSource({
        "4.18.0, true",
        "6.18.44, true",
        "7.0.0, false",
        "7.1.4, false",
        "7.1.5, true",
        "8.0.0, true",
    })
    void shouldNotSegmentWhenKernelSpoilsHeaders(String release, boolean sound) {
        assertThat(UdpSocket.hasSoundSegmentation(KernelVersion.parse(release))).isEqualTo(sound);
    }

    @Test
    void shouldCompareByNumberWhenDigitsDiffer() {
        KernelVersion early = new KernelVersion(5, 9, 200);
        KernelVersion late = new KernelVersion(5, 12, 0);
        assertThat(late.isAtLeast(early)).isTrue();
        assertThat(late.isAtLeast(late)).isTrue();
        assertThat(early.isAtLeast(late)).isFalse();
        assertThat(KernelVersion.ofHost().isAtLeast(new KernelVersion(3, 0, 0))).isTrue();
    }
}
