using System.Globalization;
using System.Text;
using Mesh.Runtime.Model;
using Mesh.Runtime.Telemetry;

namespace Mesh.Reports.Trace;

/// <summary>
/// Writes a trace file: a header, one line a decision, and a last line that says how many there were. Columns are separated by tabs.
/// The first nine are what the trace hash is made of; those after them name things for people.
/// <list type="table">
/// <item><term>sequence</term><description>running number from 0</description></item>
/// <item><term>tick</term><description>100 ns since the world began</description></item>
/// <item><term>proxy</term><description>number of the proxy that decided</description></item>
/// <item><term>request</term><description>the request's key, hexadecimal</description></item>
/// <item><term>attempt</term><description>number from 0</description></item>
/// <item><term>kind</term><description>a <see cref="MeshEventKind"/> by name</description></item>
/// <item><term>endpoint</term><description>number, -1 for none</description></item>
/// <item><term>outcome</term><description>an HTTP status, or what the kind says</description></item>
/// <item><term>flags</term><description>response flags joined by commas, <c>-</c> for none</description></item>
/// <item><term>duration</term><description>ticks; of what, the kind says</description></item>
/// <item><term>bytes</term><description>of the body</description></item>
/// <item><term>proxyName, service, path, endpointName</term><description>names; empty for none</description></item>
/// </list>
/// </summary>
public sealed class TraceWriter : IMeshEvents, IDisposable
{
    internal const string Header =
        "sequence\ttick\tproxy\trequest\tattempt\tkind\tendpoint\toutcome\tflags\tduration\tbytes\tproxyName\tservice\tpath\tendpointName";

    internal const string EndMark = "# end ";

    private readonly StreamWriter _writer;
    private readonly MeshDirectory _directory;
    private readonly StringBuilder _line = new(200);
    private long _sequence;

    /// <summary>Begins the trace file <paramref name="path"/>, over what was there.</summary>
    public TraceWriter(string path, MeshDirectory directory)
    {
        _directory = directory;
        _writer = new StreamWriter(path, append: false, new UTF8Encoding(false), 1 << 16) { NewLine = "\n" };
        _writer.WriteLine(Header);
    }

    /// <inheritdoc/>
    public void On(in MeshEvent e)
    {
        int service = e.Service < 0 && e.Class >= 0 ? _directory.Classes[e.Class].ServiceId : e.Service;
        string kind = Enum.GetName(e.Kind) ?? ((byte)e.Kind).ToString(CultureInfo.InvariantCulture);
        _line.Clear();
        _line.Append(CultureInfo.InvariantCulture, $"{_sequence++}\t{e.At}\t{e.Proxy}\t{e.Request:x}\t{e.Attempt}\t{kind}\t{e.Endpoint}\t{e.Outcome}\t")
            .Append(e.Flags.ToEnvoyText()).Append(CultureInfo.InvariantCulture, $"\t{e.Duration}\t{e.Bytes}\t");
        AppendName(e.Proxy < 0 ? "" : _directory.Proxies[e.Proxy].Name).Append('\t');
        AppendName(service < 0 ? "" : _directory.Services[service]).Append('\t');
        AppendName(e.Class < 0 ? "" : _directory.Classes[e.Class].Path).Append('\t');
        AppendName(e.Endpoint < 0 ? "" : _directory.Endpoints[e.Endpoint].Name).Append('\n');
        _writer.Write(_line);
    }

    /// <summary>Writes the last line and closes the file. A file without that line counts as cut off.</summary>
    public void Dispose()
    {
        _writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{EndMark}{_sequence}"));
        _writer.Dispose();
    }

    // A name must not break the line: what separates columns and lines becomes a space.
    private StringBuilder AppendName(string name)
    {
        foreach (char c in name) _line.Append(char.IsControl(c) ? ' ' : c);
        return _line;
    }
}
