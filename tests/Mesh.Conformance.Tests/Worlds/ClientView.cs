namespace Mesh.Conformance.Tests.Worlds;

/// <summary>What a client got, in words.</summary>
internal static class ClientView
{
    /// <summary>An answer, or part of one. A gRPC client's status is not compared (<see cref="Excluded"/>).</summary>
    public static string Of(int status, bool whole, bool grpc) => $"{(grpc ? "an answer" : $"{status}")}, {(whole ? "whole" : "broken off")}";
}
