package dev.culvert.ike.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class SecretBytesTest {
    @Test
    void shouldNeverShowItsContent() {
        SecretBytes secret = SecretBytes.copyOf(new byte[] {0x41, 0x42, 0x43});
        assertThat(secret).hasToString("SecretBytes[3 bytes]");
        assertThat(secret.hashCode()).isEqualTo(SecretBytes.copyOf(new byte[3]).hashCode());
    }

    @Test
    void shouldWipeTheArrayThatItTookOver() {
        byte[] array = {1, 2, 3};
        SecretBytes secret = SecretBytes.takingOver(array);
        secret.destroy();
        assertThat(array).containsOnly(0);
        assertThat(secret.isDestroyed()).isTrue();
        assertThat(secret).hasToString("SecretBytes[3 bytes, destroyed]");
        assertThatThrownBy(secret::toArray).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> secret.slice(0, 1)).isInstanceOf(IllegalStateException.class);
        secret.destroy();
    }

    @Test
    void shouldKeepCopiesApart() {
        byte[] array = {1, 2, 3};
        SecretBytes secret = SecretBytes.copyOf(array);
        array[0] = 9;
        SecretBytes slice = secret.slice(0, 2);
        SecretBytes copy = secret.copy();
        secret.destroy();
        assertThat(slice.toArray()).containsExactly(1, 2);
        assertThat(copy.toArray()).containsExactly(1, 2, 3);
    }

    @Test
    void shouldCompareByContentWhileAlive() {
        SecretBytes one = SecretBytes.copyOf(new byte[] {1, 2});
        SecretBytes same = SecretBytes.copyOf(new byte[] {1, 2});
        assertThat(one).isEqualTo(same).isNotEqualTo(SecretBytes.copyOf(new byte[] {1, 3}));
        one.destroy();
        SecretBytes zeros = SecretBytes.copyOf(new byte[2]);
        assertThat(one).isNotEqualTo(zeros).isNotEqualTo(same);
    }
}
