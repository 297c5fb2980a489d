/** Security associations: what an agent keeps per SA, the replay window and the tables. */
package dev.culvert.esp.sa;
