using Moldau.Broker;
using Moldau.Cli.Terminal;
using Spectre.Console;

namespace Moldau.Cli.Commands;

/// <summary>What <c>moldau up</c> says when clients can connect: where, as whom, and lines to paste.</summary>
internal sealed class Greeting(KafkaBroker broker)
{
    public void Write(Screen screen, OutputFormat format)
    {
        if (format == OutputFormat.Json)
        {
            screen.Data(Json());
        }
        else
        {
            WriteText(screen);
        }

        screen.Flush();
    }

    private void WriteText(Screen screen)
    {
        void Row(string name, string? value)
        {
            if (!string.IsNullOrEmpty(value))
            {
                screen.Data($"{name,-10}  {value}", $"[grey]{name,-10}[/]  [bold]{value.EscapeMarkup()}[/]");
            }
        }

        screen.Data("Moldau is up. Ctrl-C stops it.", "[green bold]Moldau is up.[/] Ctrl-C stops it.");
        screen.Data("");
        Row("bootstrap", broker.BootstrapServers);
        Row("with login", broker.SaslBootstrapServers);
        Row("data", broker.DataDirectory ?? "in memory, gone at the end");
        Row("CA", broker.CaCertificatePath);
        if (broker.Credentials is { } first)
        {
            Row("user", first.UserName);
            Row("password", first.Password);
            screen.Flush();
            screen.Note("[yellow]The password is shown this once: it is kept nowhere. `moldau user add NAME` makes another user.[/]");
        }
        else if (broker.SaslBootstrapServers is not null)
        {
            string at = broker.BootstrapServers.Length > 0 ? $" --brokers {broker.BootstrapServers}" : "";
            Row("user", "there are users already, and their passwords are kept nowhere");
            screen.Flush();
            screen.Note($"`moldau user add moldau{at}` gives the first user a new password; another name makes another user.".EscapeMarkup());
        }

        WritePasteLines(screen);
    }

    private void WritePasteLines(Screen screen)
    {
        if (broker.BootstrapServers.Length > 0)
        {
            string at = broker.BootstrapServers;
            screen.Data("");
            Paste(screen, "Python", $"Producer({{'bootstrap.servers': {Quoted.ForPython(at)}}})");
            Paste(screen, "C#", $"new ProducerConfig {{ BootstrapServers = {Quoted.ForCSharp(at)} }}");
            Paste(screen, "kcat", $"kcat -b {Quoted.ForShell(at)} -L");
        }

        if (broker.SaslBootstrapServers is not { } sasl)
        {
            return;
        }

        string user = broker.Credentials?.UserName ?? "USER";
        string password = broker.Credentials?.Password ?? "PASSWORD";
        string ca = broker.CaCertificatePath ?? "CA";
        screen.Data("");
        string heading = broker.Credentials is null ? "With login (put your own in place of USER and PASSWORD):" : "With login:";
        screen.Data(heading, $"[grey]{heading}[/]");
        Paste(screen, "Python", $"Producer({{'bootstrap.servers': {Quoted.ForPython(sasl)}, 'security.protocol': 'SASL_SSL', "
            + $"'sasl.mechanisms': 'SCRAM-SHA-256', "
            + $"'sasl.username': {Quoted.ForPython(user)}, 'sasl.password': {Quoted.ForPython(password)}, 'ssl.ca.location': {Quoted.ForPython(ca)}}})");
        Paste(screen, "C#", $"new ProducerConfig {{ BootstrapServers = {Quoted.ForCSharp(sasl)}, SecurityProtocol = SecurityProtocol.SaslSsl, "
            + "SaslMechanism = SaslMechanism.ScramSha256, "
            + $"SaslUsername = {Quoted.ForCSharp(user)}, SaslPassword = {Quoted.ForCSharp(password)}, SslCaLocation = {Quoted.ForCSharp(ca)} }}");
        Paste(screen, "kcat", $"kcat -b {Quoted.ForShell(sasl)} -X security.protocol=SASL_SSL -X sasl.mechanisms=SCRAM-SHA-256 "
            + $"-X {Quoted.ForShell($"sasl.username={user}")} -X {Quoted.ForShell($"sasl.password={password}")} -X {Quoted.ForShell($"ssl.ca.location={ca}")} -L");
    }

    private static void Paste(Screen screen, string what, string line) =>
        screen.Data($"  {what,-6}  {line}", $"  [grey]{what,-6}[/]  {line.EscapeMarkup()}");

    private string Json() => JsonLine.Of(json =>
    {
        json.WriteString("bootstrap", broker.BootstrapServers);
        json.WriteString("saslBootstrap", broker.SaslBootstrapServers);
        json.WriteString("username", broker.Credentials?.UserName);
        json.WriteString("password", broker.Credentials?.Password);
        json.WriteString("caPath", broker.CaCertificatePath);
        json.WriteString("dataDirectory", broker.DataDirectory);
    });
}
