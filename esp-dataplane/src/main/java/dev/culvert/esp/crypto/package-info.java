/** Ciphers of ESP behind one interface; the JDK's provider is the engine here. */
package dev.culvert.esp.crypto;
