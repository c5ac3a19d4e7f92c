using System.Text;
using Microsoft.AspNetCore.Http;
using Yarp.ReverseProxy.Forwarder;

namespace Mesh.Runtime.Sidecar;

/// <summary>A request that a sidecar does not take, and why.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Words">What is wrong, for people.</param>
internal sealed record Refusal(int Status, string Words)
{
    /// <summary>What Kestrel found wrong with a body while YARP read it; <c>null</c> where that was not the trouble, or an answer is under way.</summary>
    public static Refusal? OfBody(HttpContext context, ForwarderError error)
    {
        if (error != ForwarderError.RequestBodyClient || context.Response.HasStarted || context.GetForwarderErrorFeature()?.Exception is not { } exception) return null;
        var found = exception is AggregateException all ? all.Flatten().InnerExceptions.OfType<BadHttpRequestException>().FirstOrDefault() : exception as BadHttpRequestException;
        return found is null ? null : new Refusal(found.StatusCode, found.Message);
    }

    /// <summary>Answers with it.</summary>
    public async Task AnswerAsync(HttpContext context)
    {
        byte[] words = Encoding.UTF8.GetBytes(Words);
        var response = context.Response;
        response.StatusCode = Status;
        response.ContentType = "text/plain";
        response.ContentLength = words.Length;
        if (!HttpProtocol.IsHttp2(context.Request.Protocol)) response.Headers.Connection = "close";   // what follows on the connection cannot be trusted
        await response.Body.WriteAsync(words, context.RequestAborted).ConfigureAwait(false);
    }
}
