using System.Buffers;

namespace Mesh.Runtime.Telemetry.AccessLogs;

/// <summary>How a finished request is written.</summary>
internal interface ILogFormat
{
    /// <summary>Headers of requests, in lower case, that it wants captured.</summary>
    IReadOnlyList<string> RequestHeaders { get; }

    /// <summary>Headers of responses, in lower case, that it wants captured.</summary>
    IReadOnlyList<string> ResponseHeaders { get; }

    /// <summary>Writes one request in UTF-8, with the line's end.</summary>
    void Write(RequestFacts facts, IBufferWriter<byte> output);
}
