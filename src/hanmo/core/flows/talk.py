"""A model that is done, or does not know what to write, speaks to the user. What such sentences begin with, in a text that should hold none."""

import re

ZH = (
    r"以上(?:就)?是(?:本|全|关于|您|信|文|一|第|部|我(?:根据|按照?|为您))",
    r"以上内容",
    r"[【（(\[](?:结束|全文完|完)[】）)\]]",
    r"(?:[这此该](?:[段篇封份个则]|)|本)(?:文字|文章|文|信件?|申请[信书]?|作文|日记)(?:详细|全面|通过|旨在|表达了|能够|将|应该|需要根据|使用了|符合)",
    r"[这此该本][个封篇份段]?(?:文字|文章|信件?|申请[信书]?|作文)的?(?:主要)?(?:内容|目的|意思|主题)(?:是|包括|为)",
    r"\**(?:请?注意|备注|说明)[:：]",
    r"请注意[，,]\s*(?:[这此本该]|以上)",
    r"在实际(?:撰写|使用|写作)时",
    r"这个故事(?:告诉|让)我们",
    r"在(?:这|本)(?:一章|一?[篇部](?:小说|故事|文章|短文|作文))(?:的(?:结尾|最后|开头))?[中里]?[，,]我们",
    r"这(?:就)?是(?:一[篇部]|我们的)[^，。\n]{0,10}第[一二三四五六七八九十]章",
    r"(?:故事|小说|全文)(?:到此)?(?:结束|完结)[；;。，]",
    r"请继续(?:提供|输入|写)",
    r"请[您你]?(?:提供|告知|告诉我)[^。\n]{0,30}以便我(?:为|帮助?)[您你]",
    r"(?:我)?希望(?:这[篇封段个些份]|以上|本文)[^。\n]{0,20}(?:帮助|要求|有用|满意|表达)",
    r"(?:好的|当然可以|没问题)[，,！!]",
    r"我(?:将|会)(?:根据|按照|为您|继续写|在下[文面])",
    r"如(?:果)?您?(?:还有|有任何|需要)[^。\n]{0,24}(?:告诉我|随时提问|让我知道)",
    r"(?:全文|正文|本文)(?:到此)?(?:结束|完毕?)[。\n]",
    r"(?:不过[，,]|但是?[，,]?|由于|因为){0,2}(?:再次提醒[，,]\s*)?(?:我是|作为)一[个名款]?\s*(?:AI|人工智能)?\s*(?:语言模型|助手)",
    r"请将(?:上述|以上)",
    r"(?:我)?建议(?:[您你]可?以?)?在(?:申请|辞职|求职|推荐|感谢)?信(?:件)?中",
    r"[您你]还?可以(?:在信中|在文中)?(?:加入一些|提到[您你])",
    r"以下是(?:根据|按照|关于|您|为您|一篇|文章|正文|第)",
)
EN = (
    r"(?:Sure|Certainly|Of course)[!,.]",
    r"Here(?: is|'s| are) (?:the|a|an|your|\d+)\b[^.\n]{0,60}\b(?:article|essay|story|draft|letter|report|speech|poem|blog|post|response|text"
    r"|continuation|section|paragraph|chapter|dialog(?:ue)?)s?\b[^.\n]{0,80}:",
    r"I(?:'ll| will|'ve| have)(?: now)? (?:provide|write|written|added|create)d?\b",
    r"This (?:section|part|text|report|response|script|dialog(?:ue)?|outline|draft) (?:focuses|provides|covers|concludes|should|discusses|meets"
    r"|follows|adheres|addresses|demonstrates|sets up|acknowledges|offers|ensures|aims|effectively|maintains|showcases)\b",
    r"Throughout the (?:entire |whole )?(?:dialog(?:ue)?|response)\b",
    r"The whole text (?:would|will|should)\b",
    r"The (?:text|report|content|structure|use of vivid language)\b[^.\n]{0,40}(?:concise|adheres|aligns|requirements|outline|engaging)",
    r"(?:I apologize, but|I'm sorry, but|(?:As|I'm|I am) an AI\b|I(?:'m| am) (?:unable|not able) to (?:fulfill|write|provide|assist))",
    r"I hope (?:this|these) (?:helps?|meets?|is what|dialog)",
    r"\W*(?:(?:Please )?note(?: that|:)\W*the above|Note:\W*Th(?:is|ese))\b",
    r"\*\*End\*\*",
    r"This concludes (?:the|this|our)\b",
    r"That(?:['’]s| is) all for (?:our|this|the)\b",
    r"Th(?:is|e) (?:section|part|introduction|conclusion) is (?:now )?(?:complete|finished|over)[.!\n]",
    r"Please (?:continue (?:to read|reading|with)|proceed (?:to|with) the next)\b",
    r"I hope you (?:found|find) (?:this|these)\b",
    r"If you have any [^.\n]{0,60}feel free to ask\b",
    r"Let me know if you have any (?:other|further|more)\b",
    r"Thank you for providing\b",
    r"Let me know (?:how|if|what) you(?:'d| would) like",
    r"\d+ words (?:is|are) ",
    r"(?:Please )?(?:feel free|let me know if|don't hesitate)[^.\n]{0,40}(?:ask|changes|else|further)",
    r"\**-*\s*Part\b[^.\n]{0,20}(?:\d|[:*\n-]|$)",
    r"\W*(?:The )?End of (?:the |this )?(?:\w+ )?"
    r"(?:task|text|part|section|article|story|essay|script|response|dialog(?:ue)?|letter|report)\b[^.\n]{0,20}(?:\d|[:*.\n-]|$)",
)
LEAD = r"(?:[一-鿿]{2,6}，|[A-Z][a-z]*(?: [a-z]+){0,4}, )?"
"""A connective before them, such as our own openers."""
SENTENCE_START = rf"(?:(?<=[。！？!?\n])|(?<=[.!?] )|\A)[ \t]*{LEAD}"
TALK = re.compile(f"{SENTENCE_START}(?:{'|'.join((*ZH, *EN))})", re.IGNORECASE)
