package dev.culvert.ike.config;

import dev.culvert.ike.crypto.SecretBytes;
import dev.culvert.ike.id.Identity;
import java.util.List;

/**
 * A pre-shared key ({@code secrets.ike*}).
 *
 * @param name the section's name, such as {@code ike-1}
 * @param owners the identities that it is for; empty: any
 * @param secret the key
 */
public record SharedSecret(String name, List<Identity> owners, SecretBytes secret) {
    public SharedSecret {
        owners = List.copyOf(owners);
    }
}
