namespace Moldau.Broker.Config;

/// <summary>The configuration cannot be used. The message names the key, what is wrong and what to do; it never holds a secret.</summary>
internal sealed class ConfigException(string message) : ArgumentException(message);
